"""What alembic runs for each command: the steps, on the connection that `upgrade` has opened, inside its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
