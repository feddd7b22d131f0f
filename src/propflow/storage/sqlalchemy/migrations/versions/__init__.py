"""One file a version; what a version does is never changed once it was released."""
