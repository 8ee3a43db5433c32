// Checks of what the generated clients find, shared by all of them.

export function same(actual: unknown, expected: unknown) {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${one} is not ${other}`);
}

/** The keys of the Toyotas, the newest first, of equal years by their keys. */
export const TOYOTAS = [17, 103, 32, 15, 80, 9, 82, 20, 145, 98, 123, 85];

export const OWNER = { owner_id: 100, name: 'Zoë "Z"', city: null, member_since: '2024-02-29', balance: '12345678901234567.89' };
export const CAR = {
  car_id: 500, make: 'Lada', model: 'Niva', introduced: 1977, body: 'suv', country: 'Russia', electric: false, owner_id: 100,
} as const;
export const PART = {
  part_id: 500, kind: 'brake', name: 'Drum, "front"', price: '0.10', serial: '66ab4d73-5a82-4e8c-b8e7-417545577300', spec: { bolts: [4, 5] },
};
