ALTER TABLE forecast ADD COLUMN explanation TEXT
