from support.ical import *


def test_prof(bridge):
    bridge.put("week", weekly(), moved("20260316T100000", "20260316T100000", "20260316T110000", summary="Guests"))
    for _ in range(3):
        p = bridge.sync()
        print(p.writes, p.puts, p.actions, p.skipped, p.problems)
    print(bridge.text("week"))
    print(bridge.instances())
