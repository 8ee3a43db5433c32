INSERT INTO owners (owner_id, name, city) VALUES (1, 'Aoife O''Brien', 'Galway'), (2, 'Ann "Ace" Lee', NULL), (3, 'Jürgen Weiß', 'Tübingen');

INSERT INTO cars (car_id, make, model, year, price, sold, built, owner_id, secret, notes) VALUES
(1, 'Toyota', 'Corolla', 1966, '1000.00', TRUE, '1966-11-05 08:00:00', 1, 's1', NULL),
(2, 'Toyota', 'Prius', 1997, '2500.50', FALSE, '1997-12-10 09:30:00', 2, 's2', 'hybrid, 100% fun'),
(3, 'Fiat', 'Panda', 1980, '800', TRUE, '1980-03-05 10:00:00.5', NULL, 's3', 'under_score'),
(4, 'fiat', '500', 1957, '1200.75', FALSE, NULL, 1, 's4', 'back\slash'),
(5, 'Škoda', 'Octavia', 1996, NULL, TRUE, '1996-04-03 00:00:00', NULL, 's5', 'quote " and '' apostrophe'),
(6, 'Citroën', 'DS', 1955, '30000', FALSE, '1955-10-05 12:00:00.000000001', 3, 's6', 'Déesse'),
(7, 'Mazda', 'MX-5', 1989, '-5.5', FALSE, '1989-02-09 23:59:59.999', 2, 's7', ''),
(8, 'Ford', 'T', 1908, '12345678901234567890.12', TRUE, '1908-10-01 00:00:00', NULL, 's8', 'a*b?c[d]'),
(9, 'Ford', 'Focus', NULL, '1200.750', FALSE, NULL, 3, 's9', NULL),
(10, 'Tesla', 'Model S', 2012, '70000', TRUE, '2012-06-22 18:00:00.500', NULL, 's10', 'electric & fast'),
(11, 'Land Rover', 'Defender', 1983, '9000.1', FALSE, '2016-01-29 09:22:00', 1, 's11', 'a+b=c'),
(12, 'Renault', '4', 1961, '700', TRUE, '1961-08-03 06:30:00', NULL, 's12', NULL);

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

INSERT INTO texts (name, n) VALUES ('plain', 1), ('with space', 2), ('a/b', 3), ('.', 4), ('..', 5), ('', 6), ('~', 7), ('~tilde', 8), ('ünïcode', 9), ('q?x#y', 10),
('100%', 11), ('a,b', 12), ('quote''"', 13), ('+', 14), ('line' || char(10) || 'break', 15), ('%41', 16), ('A', 17), ('a', 18), ('-._~', 19), ('null', 20);
INSERT INTO uids (uid, n) VALUES ('67e55044-10b1-426f-9247-bb680e5fe0c8', 1), ('00000000-0000-0000-0000-0000000000ff', 2);
INSERT INTO blobs (raw, n) VALUES (x'', 1), (x'fbff', 2), (x'00', 3), (x'68656c6c6f', 4);
INSERT INTO days (day, n) VALUES ('2014-01-02', 1), ('2000-02-29', 2);
INSERT INTO decimals (amount, n) VALUES ('1.5', 1), ('1.50', 2), ('-0.1', 3), ('100', 4);

INSERT INTO "order by ""x""; --" ("group", "sp ace", "qu""ote", "page", "a", "a__year", "a__b", "ünï", "mark!", "total") VALUES
(1, 'one', 'x', 3, '2010-05-05', 1999, 'p', 'ä', 'm', 5), (2, 'two', 'y', 4, '2011-06-06', 2010, 'q', 'ö', 'n', 4), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 2600)
INSERT INTO numbers (id, tie) SELECT n, CASE WHEN n % 10 = 0 THEN NULL ELSE n % 7 END FROM up;
INSERT INTO single (id, tie) VALUES (1, NULL);
INSERT INTO nodes (id, parent_id) VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO drifted (id, kept) VALUES (1, 2);
