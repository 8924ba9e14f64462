"""Store: runs, frames and events in one SQL database. The service writes; everyone else reads through `Reader`."""
