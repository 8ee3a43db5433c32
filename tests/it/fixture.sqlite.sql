-- 1: ordinary values. 2: nulls. 3: the ends of what a type holds. 4: values that are not of their column's type.
INSERT INTO types (id, whole, small, flag, float, amount, word, colour, raw, day, hour, local, zoned, local_t, zoned_offset, zoned_millis, uid, uid_blob, doc, misc) VALUES
(1, 42, 7, TRUE, 1.5, '12.50', 'naïve "word"', 'red', x'00ff10', '2014-01-02', '03:04:05', '2014-01-02 03:04:05', '2014-01-02 03:04:05.678',
 '2014-01-02T03:04:05', '2014-01-02T03:04:05.5+00:00', '2014-01-02T03:04:05.678Z', '67e55044-10b1-426f-9247-bb680e5fe0c8', x'67e5504410b1426f9247bb680e5fe0c8', '{ "a": [1, 2.50] }', 'text'),
(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(3, 9223372036854775807, -128, FALSE, -1e-7, '-123456789012345678901234567890.10', char(1, 9, 10, 13, 34, 92, 127) || '</script>', 'blue', x'', '9999-12-31', '23:59:59.999999999', '0000-01-01 00:00:00', '9999-12-31 23:59:59.999999999',
 '2014-01-02T03:04:05.000001', '1969-12-31T23:59:59+00:00', '2014-01-02T03:04:05.000Z', '00000000-0000-0000-0000-000000000000', x'ffffffffffffffffffffffffffffffff', '[123456789012345678901234567890, "\u00e9 x"]', 17),
(4, 'many', 1.5, 'yes', 'pi', '1e3', x'00', 5, 'text', '2014-02-30', '25:00:00', '2014-01-02T03:04:05', 'today',
 '2014-01-02 03:04:05', '2014-01-02T03:04:05Z', '2014-01-02T03:04:05Z', '67E55044-10B1-426F-9247-BB680E5FE0C8', x'00', '{a: 1}', x'00ff'),
(5, -9223372036854775808, 300, 2, 9e999, '007.10', CAST(x'ff' AS TEXT), 'violet', zeroblob(1), '2014-1-2', '03:04', '2014-01-02 03:04', '2014-01-02 03:04:05.1234567890',
 NULL, NULL, NULL, NULL, NULL, '"  "', 0.25);

INSERT INTO uids (uid, n) VALUES ('67e55044-10b1-426f-9247-bb680e5fe0c8', 1), ('00000000-0000-0000-0000-0000000000ff', 2);
INSERT INTO blobs (raw, n) VALUES (x'', 1), (x'fbff', 2), (x'00', 3), (x'68656c6c6f', 4);
INSERT INTO decimals (amount, n) VALUES ('1.5', 1), ('1.50', 2), ('-0.1', 3), ('100', 4);
