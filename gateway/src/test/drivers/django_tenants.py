"""Django: a middleware sets search_path for each request, as django-tenants' does."""

import os
import threading

import django
from django.conf import settings
from django.http import JsonResponse
from django.urls import path

ROUNDS = 40

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="none",
    MIDDLEWARE=[__name__ + ".tenant_middleware"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["HOST"],
            "PORT": os.environ["PORT"],
            "NAME": "app",
            "USER": "app",
            "PASSWORD": "secret",
            "CONN_MAX_AGE": None,
            # As Django's documentation says for transaction pooling.
            "DISABLE_SERVER_SIDE_CURSORS": True,
        }
    },
)
django.setup()

from django.db import connection, models, transaction  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402


class Item(models.Model):
    name = models.TextField()
    note = models.TextField(default="new")

    class Meta:
        app_label = "items"
        db_table = "item"


class Mark(models.Model):
    tenant = models.TextField(primary_key=True)

    class Meta:
        app_label = "items"
        db_table = "mark"


def tenant_middleware(get_response):
    def middleware(request):
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = %s, public", ["tenant_" + request.headers["Tenant"]])
        return get_response(request)

    return middleware


def view(request):
    tenant = request.headers["Tenant"]
    with transaction.atomic():
        item = Item.objects.create(name=tenant)
        try:
            with transaction.atomic():
                Item.objects.create(id=item.id, name="twice")
        except django.db.IntegrityError:
            pass
    names = set(Item.objects.values_list("name", flat=True))
    notes = set(Item.objects.values_list("note", flat=True))
    return JsonResponse(
        {"mark": Mark.objects.get().tenant, "names": sorted(names), "notes": sorted(notes)}
    )


urlpatterns = [path("", view)]
handler = WSGIHandler()
failures = []


def request(tenant):
    response = handler.get_response(RequestFactory().get("/", HTTP_TENANT=tenant))
    expected = ('{"mark": "%s", "names": ["%s"], "notes": ["new"]}' % (tenant, tenant)).encode()
    if response.content != expected:
        failures.append(response.content)


def worker(number):
    try:
        for i in range(ROUNDS):
            request(("acme", "globex")[(i + number) % 2])
    except Exception as e:  # noqa: BLE001
        failures.append(repr(e))
    finally:
        connection.close()


request("acme")
request("globex")  # lags until this
connection.close()
threads = [threading.Thread(target=worker, args=(n,)) for n in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failures, failures[:3]
print(f"Django {django.get_version()}, {8 * ROUNDS} requests")
