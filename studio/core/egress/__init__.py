"""The way out for requests whose target somebody else chose: a page to look at, a hook to call.

`addresses` says which targets are public, `proxy` is the only door: whoever opens such an address
(a browser above all) gets no other network than this proxy.
"""
