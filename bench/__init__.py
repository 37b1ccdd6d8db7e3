"""What the hub costs in time and money, measured on this machine: `make bench`. No part of the product."""
