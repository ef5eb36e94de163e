-- Nobody asks for scores by their model alone: the latest of a tenant are few, and have indexes of their own. Each night every
-- record had two entries made in these, a tenth of what writing its score took.
DROP INDEX win_scores_model_id_idx;
DROP INDEX lead_scores_model_id_idx;
DROP INDEX account_scores_model_id_idx;
