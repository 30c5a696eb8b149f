"""The operator's console below `/admin/`. Every route asks for `site.operate`."""
