"""A seed with something of everything: two resellers, companies with and without locked limits, and their hosts."""

TWO_RESELLERS = """
reseller = [{ id = 1, domain = "one.example" }, { id = 2, domain = "two.example" }]
product = [
    { id = 1, reseller = 1, slug = "small", name = "Small", plan = true, features = ["one_time_access_code"] },
    { id = 2, reseller = 1, slug = "large", name = "Large", plan = true, pricing = "per_host" },
    { id = 3, reseller = 1, slug = "recording", name = "Recording", plan = false, features = ["recording"] },
    { id = 4, reseller = 1, slug = "sip", name = "SIP", plan = false, features = ["sip_gateway"] },
    { id = 5, reseller = 2, slug = "other", name = "Other", plan = true, default = true },
]
company = [
    { id = 5, reseller = 1, name = "Five", subdomain = "five" },
    { id = 6, reseller = 1, name = "Six", subdomain = "six", host_limits_locked = true },
    { id = 7, reseller = 2, name = "Seven", subdomain = "seven" },
]
subscription = [
    { company = 5, slug = "small" },
    { company = 5, slug = "large", host_limit = 1 },
    { company = 5, slug = "recording" },
    { company = 5, slug = "sip" },
    { company = 6, slug = "large", host_limit = 1 },
]
api_token = [
    { token = "company-token", role = "COMPANY_ADMIN", company = 5 },
    { token = "reseller-token", role = "RESELLER_ADMIN", reseller = 1 },
]
host = [
    { id = 9, company = 5, name = "A", email = "a@example.com", access_code = "1001", moderator_pin = "2001" },
    { id = 10, company = 5, name = "B", email = "b@example.com", access_code = "1002", moderator_pin = "2002" },
    { id = 11, company = 6, name = "C", email = "c@example.com", access_code = "1003", moderator_pin = "2003" },
    { id = 12, company = 7, name = "D", email = "d@example.com", access_code = "1004", moderator_pin = "2004" },
]
chat_room = [
    { id = 1, company = 5, slug = "general", name = "General" },
    { id = 2, company = 5, name = "A and B" },
    { id = 3, company = 7, slug = "general", name = "Elsewhere" },
]
"""
