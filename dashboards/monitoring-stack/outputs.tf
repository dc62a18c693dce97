output "files" {
  description = "Every file of the stack: its path, relative to the folder of compose.yaml, and its content. They hold no secrets."
  value       = local.files

  precondition {
    condition     = length(local.targets) > 0
    error_message = "Nothing would be scraped: set \"textfile_dir\", where pve-drift runs on this machine, or name \"node_exporters\"."
  }
}
