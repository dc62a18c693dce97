terraform {
  # No provider: the module renders files and leaves it to its caller to put them somewhere.
  required_version = ">= 1.8.0"
}
