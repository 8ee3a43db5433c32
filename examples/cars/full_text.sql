CREATE VIRTUAL TABLE parts_fts USING fts5(kind, name, content='parts', content_rowid='part_id', tokenize='porter unicode61');
CREATE TRIGGER parts_fts_insert AFTER INSERT ON parts BEGIN
    INSERT INTO parts_fts (rowid, kind, name) VALUES (new.part_id, new.kind, new.name);
END;
CREATE TRIGGER parts_fts_delete AFTER DELETE ON parts BEGIN
    INSERT INTO parts_fts (parts_fts, rowid, kind, name) VALUES ('delete', old.part_id, old.kind, old.name);
END;
CREATE TRIGGER parts_fts_update AFTER UPDATE ON parts BEGIN
    INSERT INTO parts_fts (parts_fts, rowid, kind, name) VALUES ('delete', old.part_id, old.kind, old.name);
    INSERT INTO parts_fts (rowid, kind, name) VALUES (new.part_id, new.kind, new.name);
END;
