output "files" {
  description = "Every file of the stack: path relative to the folder of compose.yaml, to content. No secret is in them."
  value       = local.files

  precondition {
    condition     = length(local.targets) > 0
    error_message = "Nothing would be scraped: set \"textfile_dir\", where pve-drift runs on this machine, or name \"node_exporters\"."
  }
}
