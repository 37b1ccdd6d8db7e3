# Two commands for people: `make run` and `make test`. Everything else is for those who change the hub.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080

.PHONY: run test test-peers check format build clean lock

