"""The platform's Enterprise API: what it is (declarations, no I/O) and how to call it (`client`, `platform`)."""
