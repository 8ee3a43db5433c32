-- The rows of fixture.sqlite.sql as MySQL has them: whole microseconds, UUIDs as bytes, and null where a cell of SQLite's is not of its column's type.
INSERT INTO types (id, whole, small, flag, "float", amount, word, colour, raw, day, hour, local, zoned, local_t, zoned_offset, zoned_millis, uid, uid_blob, doc, misc) VALUES
(1, 42, 7, TRUE, 1.5, '12.50', 'naïve "word"', 'red', x'00ff10', '2014-01-02', '03:04:05', '2014-01-02 03:04:05', '2014-01-02 03:04:05.678',
 '2014-01-02T03:04:05', '2014-01-02T03:04:05.5', '2014-01-02T03:04:05.678', x'67e5504410b1426f9247bb680e5fe0c8', x'67e5504410b1426f9247bb680e5fe0c8', '{ "a": [1, 2.50] }', 'text'),
(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(3, 9223372036854775807, -128, FALSE, -1e-7, '-123456789012345678901234567890.10', CONCAT(char(1, 9, 10, 13, 34, 92, 127 USING utf8mb4), '</script>'), 'blue', x'', '9999-12-31', '23:59:59.999999',
 '0000-01-01 00:00:00', '9999-12-31 23:59:59.999999',
 '2014-01-02T03:04:05.000001', '1969-12-31T23:59:59', '2014-01-02T03:04:05.000', x'00000000000000000000000000000000', x'ffffffffffffffffffffffffffffffff', '[123456789012345678901234567890, "\u00e9 x"]', '17'),
(4, NULL, NULL, NULL, NULL, NULL, NULL, '5', NULL, '0000-00-00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'AP8='),
(5, -9223372036854775808, 100, 2, NULL, '007.10', NULL, 'violet', x'00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '"  "', '0.25');

INSERT INTO uids (uid, n) VALUES (x'67e5504410b1426f9247bb680e5fe0c8', 1), (x'000000000000000000000000000000ff', 2);
INSERT INTO blobs (raw, n) VALUES (x'', 1), (x'fbff', 2), (x'00', 3), (x'68656c6c6f', 4);
INSERT INTO decimals (amount, n) VALUES ('1.5', 1), ('1.50', 2), ('-0.1', 3), ('100', 4);
