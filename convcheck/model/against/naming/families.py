"""All families of operators, in the order in which they are tried."""

from convcheck.model.against.naming.activations import ACTIVATIONS
from convcheck.model.against.naming.affine import AFFINE
from convcheck.model.against.naming.joins import JOINS, SUMS
from convcheck.model.against.naming.orders import FLATTENED, ORDERS, WINDOWS
from convcheck.model.against.naming.pools import POOLS
from convcheck.model.against.naming.resizes import RESIZES

FAMILIES = (JOINS, SUMS, ACTIVATIONS, AFFINE, POOLS, RESIZES, FLATTENED, ORDERS, WINDOWS)
