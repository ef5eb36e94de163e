-- What was about a record and is not any more, and what is about it since a moment: few, and asked for with every page of
-- histories.
CREATE INDEX field_changes_left_idx ON field_changes (tenant_id, old_id, field)
    WHERE field IN ('account_id', 'opportunity_id', 'lead_id');
CREATE INDEX field_changes_joined_idx ON field_changes (tenant_id, new_id, field)
    WHERE field IN ('account_id', 'opportunity_id', 'lead_id');
DROP INDEX field_changes_moved_idx;
