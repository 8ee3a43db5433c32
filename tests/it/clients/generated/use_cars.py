# The client of openapi-python-client.

import uuid
from datetime import date
from http import HTTPStatus

from cars_api import cars_of, change, client
from cars_client.api.cars import change_car, create_car, delete_car, list_cars, replace_car, retrieve_car
from cars_client.api.cars_parts import create_car_part, retrieve_car_part
from cars_client.api.owners import create_owner, delete_owner, retrieve_owner
from cars_client.api.parts import delete_part
from cars_client.models import (
    Car,
    CarBody,
    CarCreate,
    CarExpand,
    CarField,
    CarPage,
    CarPart,
    CarPartCreate,
    CarPatch,
    CarReplace,
    NotFoundProblem,
    Owner,
    OwnerCreate,
    PreconditionFailedProblem,
)

assert [car.car_id for car in cars_of("Toyota")] == [17, 103, 32, 15, 80, 9, 82, 20, 145, 98, 123, 85]

electric = list_cars.sync(
    client=client,
    body_in=[CarBody.SUV, CarBody.PICKUP],
    electric=True,
    make_in=["Hyundai", "Mazda"],
    fields=[CarField.MAKE, CarField.BODY],
)
assert isinstance(electric, CarPage), electric
assert [car.to_dict() for car in electric.results] == [{"make": "Hyundai", "body": "suv"}], electric
expanded = retrieve_car.sync(34, client=client, expand=[CarExpand.OWNER, CarExpand.PARTS])
assert isinstance(expanded, Car) and isinstance(expanded.owner, Owner), expanded
assert expanded.owner.name == "Jürgen Weiß", expanded

owner = OwnerCreate(owner_id=100, name='Zoë "Z"', member_since=date(2024, 2, 29), balance="12345678901234567.89")
created = create_owner.sync_detailed(client=client, body=owner)
assert created.status_code == HTTPStatus.CREATED, created
assert isinstance(created.parsed, Owner) and str(created.parsed.balance).startswith(str(owner.balance)), created
car = {"make": "Lada", "model": "Niva", "introduced": 1977, "body": "suv", "country": "Russia", "electric": False, "owner_id": 100}
made = create_car.sync_detailed(client=client, body=CarCreate.from_dict({"car_id": 500, **car}))
assert made.status_code == HTTPStatus.CREATED, made
serial = uuid.UUID("66ab4d73-5a82-4e8c-b8e7-417545577300")
part = CarPartCreate(part_id=500, kind="brake", name='Drum, "front"', price="0.10", serial=serial, spec={"bolts": [4, 5]})
create_car_part.sync(500, client=client, body=part)
read = retrieve_car_part.sync(500, 500, client=client)
assert isinstance(read, CarPart) and (read.serial, read.spec) == (serial, {"bolts": [4, 5]}), read

changed = change(500, CarPatch(introduced=1978, discontinued=None))
assert isinstance(changed, Car) and changed.introduced == 1978, changed
lost = change_car.sync(500, client=client, body=CarPatch(model="Samara"), if_match=made.headers["etag"])
assert isinstance(lost, PreconditionFailedProblem) and lost.code == "precondition_failed", lost
replaced = replace_car.sync(500, client=client, body=CarReplace.from_dict({**car, "model": "Samara"}))
assert isinstance(replaced, Car) and replaced.model == "Samara", replaced

refused = list_cars.sync(client=client, page=1000)
assert isinstance(refused, NotFoundProblem) and (refused.status, refused.code) == (404, "no_such_page"), refused
for deleted in [
    delete_part.sync_detailed(500, client=client),
    delete_car.sync_detailed(500, client=client),
    delete_owner.sync_detailed(100, client=client),
]:
    assert deleted.status_code == HTTPStatus.NO_CONTENT, deleted
assert isinstance(retrieve_owner.sync(100, client=client), NotFoundProblem)
client.get_httpx_client().close()
print("done")
