"""Migrations by the name that an application's scripts call them by: python -m app.cli.migrate tenant acme"""

import os
import sys

if __name__ == "__main__":
    os.execvp("tenantgate", ["tenantgate", "migrate", *sys.argv[1:]])
