"""What `cercle plugin check` looks at, a module for each kind of rule. `core.plugin_check` puts them together."""
