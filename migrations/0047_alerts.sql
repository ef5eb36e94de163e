-- An alert whose number cannot be read any more, such as when its owner's role was narrowed: why, since when, and whether the
-- owner was told.
ALTER TABLE saved_questions
    ADD COLUMN alert_failure text,
    ADD COLUMN alert_failed_at timestamptz,
    ADD COLUMN alert_failure_told boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT saved_questions_alert_failure_check CHECK (alert_failure IN ('rights', 'query', 'too_much', 'owner')),
    ADD CONSTRAINT saved_questions_alert_failed_check CHECK ((alert_failure IS NULL) = (alert_failed_at IS NULL));
