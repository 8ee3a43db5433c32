-- The rows of fixture.sqlite.sql as PostgreSQL has them: whole microseconds, and null where a cell of SQLite's is not of its column's type.
INSERT INTO types (id, whole, small, flag, float, amount, word, colour, raw, day, hour, local, zoned, local_t, zoned_offset, zoned_millis, uid, uid_blob, doc, misc) VALUES
(1, 42, 7, TRUE, 1.5, '12.50', 'naïve "word"', 'red', '\x00ff10', '2014-01-02', '03:04:05', '2014-01-02 03:04:05', '2014-01-02 03:04:05.678Z',
 '2014-01-02T03:04:05', '2014-01-02T03:04:05.5+00:00', '2014-01-02T03:04:05.678Z', '67e55044-10b1-426f-9247-bb680e5fe0c8', '67e5504410b1426f9247bb680e5fe0c8', '{ "a": [1, 2.50] }', 'text'),
(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(3, 9223372036854775807, -128, FALSE, -1e-7, '-123456789012345678901234567890.10', chr(1) || chr(9) || chr(10) || chr(13) || chr(34) || chr(92) || chr(127) || '</script>', 'blue', '', '9999-12-31', '23:59:59.999999',
 '0001-01-01 00:00:00 BC', '9999-12-31 23:59:59.999999Z',
 '2014-01-02T03:04:05.000001', '1969-12-31T23:59:59+00:00', '2014-01-02T03:04:05.000Z', '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '[123456789012345678901234567890, "\u00e9 x"]', '17'),
(4, NULL, NULL, NULL, 'NaN', 'NaN', NULL, '5', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'AP8='),
(5, -9223372036854775808, 300, TRUE, 'Infinity', '7.10', NULL, 'violet', '\x00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '"  "', '0.25');

INSERT INTO uids (uid, n) VALUES ('67e55044-10b1-426f-9247-bb680e5fe0c8', 1), ('00000000-0000-0000-0000-0000000000ff', 2);
INSERT INTO blobs (raw, n) VALUES ('', 1), ('\xfbff', 2), ('\x00', 3), ('\x68656c6c6f', 4);
INSERT INTO decimals (amount, n) VALUES ('1.5', 1), ('-0.1', 3), ('100', 4);
