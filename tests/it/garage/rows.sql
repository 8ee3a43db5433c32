INSERT INTO owners (owner_id, name, city) VALUES (1, 'Ann', 'Ulm'), (2, 'Bob', NULL), (3, 'Cem', 'Kiel'), (4, 'Bob', 'Ulm');
INSERT INTO people (person_id, name) VALUES (1, 'Ida'), (2, 'Jon'), (3, 'Kim');
-- Car 4 has no owner, no buyer, no seller, no part and no tag.
INSERT INTO cars (car_id, make, year, owner_id, seller_id, buyer_id) VALUES (1, 'Toyota', 1997, 1, 1, 2), (2, 'Fiat', 1980, 1, 2, 1), (3, 'Ford', 2012, 2, 1, 1), (4, 'Skoda', NULL, NULL, NULL, NULL), (5, 'Mazda', 1989, 4, 3, NULL);
INSERT INTO parts (car_id, part_no, kind, weight) VALUES (1, 1, 'brake', 5), (1, 2, 'wheel', 9), (1, 3, 'brake', 7), (2, 1, 'wheel', 8), (2, 2, 'door', 20), (3, 1, 'brake', 6), (5, 1, 'wheel', NULL);
INSERT INTO tools (car_id, part_no, tool_no, name) VALUES (1, 1, 1, 'wrench'), (1, 1, 2, 'hammer'), (1, 2, 1, 'jack'), (2, 1, 1, 'jack'), (3, 1, 1, 'wrench');
-- Repair 4 names half a part, which is none.
INSERT INTO repairs (repair_id, car_id, part_no, cost) VALUES (1, 1, 1, 100), (2, 1, 2, 50), (3, 2, 1, 70), (4, 1, NULL, 10), (5, NULL, NULL, 5), (6, 1, 1, 30);
INSERT INTO pieces (part_id, kind, car_id) VALUES (1, 'brake', 1), (2, 'wheel', 1), (3, 'wheel', 2), (4, 'lost', NULL);
INSERT INTO gadgets (tool_id, name, part_id) VALUES (1, 'wrench', 1), (2, 'hammer', 1), (3, 'jack', 2), (4, 'jack', 3), (5, 'spare', 4);
INSERT INTO loans (loan_id, car_id) VALUES (1, 1), (2, 4), (3, NULL);
INSERT INTO tags (tag_id, label) VALUES (1, 'red'), (2, 'fast'), (3, 'rare');
INSERT INTO car_tags (car_id, tag_id) VALUES (1, 1), (1, 2), (2, 1), (3, 2);
-- Fay is her own boss.
INSERT INTO employees (employee_id, name, boss_id) VALUES (1, 'Ada', NULL), (2, 'Ben', 1), (3, 'Cyd', 1), (4, 'Dee', 2), (5, 'Eve', 4), (6, 'Fay', 6);
INSERT INTO nodes (node_id, parent_id) VALUES (1, NULL), (2, 1), (3, 2), (4, 1), (5, NULL), (6, 5);
INSERT INTO departments (department_id, name, head_id) VALUES (1, 'Paint', NULL), (2, 'Body', NULL), (3, 'Trim', NULL);
INSERT INTO workers (worker_id, name, department_id) VALUES (1, 'Gus', 1), (2, 'Hal', 1), (3, 'Ira', 2), (4, 'Jay', NULL);
UPDATE departments SET head_id = 1 WHERE department_id = 1;
UPDATE departments SET head_id = 2 WHERE department_id = 3;

-- 1001, 1000, 101, 100 and no spaces.
INSERT INTO lots (lot_id, name) VALUES (1, 'vast'), (2, 'large'), (3, 'small'), (4, 'tiny'), (5, 'none');
INSERT INTO spaces (space_id, lot_id) WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 2202)
SELECT n, CASE WHEN n <= 1001 THEN 1 WHEN n <= 2001 THEN 2 WHEN n <= 2102 THEN 3 ELSE 4 END FROM up;

INSERT INTO articles (article_id, slug, title) VALUES (1, 'hello', 'Hello'), (2, 'a/b', 'Slash'), (3, NULL, 'Draft'), (4, '~tilde', 'Tilde'), (5, '', 'Nothing');
INSERT INTO comments (comment_id, article_id, words) VALUES (1, 1, 'first'), (2, 1, 'second'), (3, 2, 'third'), (4, 3, 'unseen');

INSERT INTO marks (a, b, n) VALUES ('plain', 'word', 1), ('a,b', 'c', 2), ('a', 'b,c', 3), ('~x', '~y', 4), ('/', '/', 5), ('%', '%41', 6), ('', '', 7), ('', 'b', 8), ('a', '', 9), ('.', '..', 10),
('..', '.', 11), ('ü', 'ß', 12), ('"', '''', 13), (' ', '+', 14), ('~', '', 15), ('a b', 'c+d', 16), ('?', '#', 17), ('a', 'b', 18);
INSERT INTO memos (a, b, memo_no, words) VALUES ('a,b', 'c', 1, 'one'), ('a,b', 'c', 2, 'two'), ('a', 'b,c', 1, 'three'), ('', '', 1, 'four'), ('~x', '~y', 1, 'five');
INSERT INTO cells ("row", col, words) VALUES (1, 2, 'row 1, column 2'), (2, 1, 'row 2, column 1'), (1, 1, 'corner');

INSERT INTO parties (party_id, pk1, pk2, name) VALUES (1, 1, 'a', 'Alpha'), (1, 1, 'b', 'Beta'), (1, 2, 'a', 'Gamma'), (2, 1, 'a', 'Delta'), (3, 2, 'b', 'Epsilon');
INSERT INTO contracts (party_id, pk1, pk2, contract_no, kind) VALUES (1, 1, 'a', 1, 'lease'), (1, 1, 'a', 2, 'loan'), (1, 1, 'b', 1, 'rent'), (2, 1, 'a', 1, 'sale'), (1, 2, 'a', 7, 'gift');
INSERT INTO invoices (invoice_id, party_id, pk1, pk2, amount) VALUES (1, 1, 1, 'a', 10), (2, 1, 1, 'b', 20), (3, 1, 2, 'a', 30), (4, 2, 1, 'a', 40), (5, 1, 1, 'a', 50), (6, NULL, 1, 'a', 60);
INSERT INTO accounts (bank, number, holder) VALUES ('north', 1, 'Ann'), ('north', 2, 'Bob'), ('south', 1, 'Cem'), ('south', 3, 'Dot');
INSERT INTO car_seats (hall, car_seat_id, side) VALUES ('x', 1, 'left'), ('x', 2, 'right'), ('y', 1, 'middle');
INSERT INTO vaults (keeper, vault_id, what) VALUES ('ann', 1, 'gold'), ('ann', 2, 'silver'), ('bob', 1, 'tin');
INSERT INTO devices (device_id, tenant, name) VALUES (1, 'red', 'oven'), (2, 'red', 'lamp'), (3, 'blue', 'fan');
INSERT INTO readings (reading_id, device_id, degrees) VALUES (1, 1, 200), (2, 1, 180), (3, 2, 30), (4, 3, 12), (5, NULL, 0);
INSERT INTO oddities (odd_id, page, owner__name, owner_id) VALUES (1, 1, 'own', 1), (2, 1, 'Ann', 2), (3, 2, 'x', NULL);
