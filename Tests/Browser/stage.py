"""The one collector with the demonstration fleet that most tests look at, started once."""

import atexit

from running import Collector, until


class Stage:
    _collector = None

    @classmethod
    def fleet(cls):
        if cls._collector is None:
            cls._collector = Collector()
            atexit.register(cls._collector.close)
            cls._collector.play(20)
        return cls._collector

    @classmethod
    def ill_fleet(cls):
        """The fleet in its scenario Critical, with alerts open."""
        collector = cls.fleet()
        if collector.get("/api/v1/scenario")["scenario"] != "critical":
            collector.scenario("critical")

        def is_ill():
            levels = collector.get("/api/v1/fleet")["levels"]
            return levels["Critical"] + levels["Imminent Failure"] > 0 and collector.get("/api/v1/alerts")["count"] > 3

        until(is_ill, 300, "hosts are critical and alerts are open")
        return collector
