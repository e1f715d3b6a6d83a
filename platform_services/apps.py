from django.apps import AppConfig


class PlatformServicesConfig(AppConfig):
    name = "platform_services"
    verbose_name = "Platform services"
