// The API of the example `cars`, from its root.

import { at, open } from './steps.mjs';

export default [
  open('/'),
  at('/api/'),
  open('/api/cars/'),
  open('/api/cars/34/'),
  open('/api/cars/?no=1', { status: 400 }),
  open('/api/nothing/', { status: 404 }),
];
