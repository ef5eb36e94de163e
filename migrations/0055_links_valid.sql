-- On its own, so that nobody waits for it (`0054_links.sql`).
ALTER TABLE field_changes VALIDATE CONSTRAINT field_changes_object_check;
