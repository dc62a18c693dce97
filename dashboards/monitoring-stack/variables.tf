variable "textfile_dir" {
  description = "Folder on the machine that runs the stack, into which pve-drift's prom sink writes pve_drift.prom there. Mounted read-only into node_exporter. Set null if the checks run elsewhere, and see node_exporters."
  type        = string
  default     = "/var/lib/prometheus/node-exporter"

  validation {
    condition     = var.textfile_dir == null || can(regex("^/[^:$]+[^/:$]$", var.textfile_dir))
    error_message = "\"textfile_dir\" must be an absolute path without \":\", \"$\" and final \"/\", like \"/var/lib/prometheus/node-exporter\"; or null, where no check runs on this machine."
  }
}

variable "node_exporters" {
  description = "node_exporters of other machines that run pve-drift, as host:port. Each needs its own textfile folder and flag, which Debian's package has."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for target in var.node_exporters : can(regex("^([A-Za-z0-9._-]+|\\[[0-9a-f:]+\\]):[0-9]{1,5}$", target))])
    error_message = "Every one of \"node_exporters\" must be host:port without a scheme, like \"pve1.example.org:9100\"."
  }
}

variable "telegram" {
  description = "Where alerts go: the chat's number (negative for a group), a file on the machine with the bot's token, readable by uid 65534, as which Alertmanager runs; and a topic's number, in a group with topics. With null, alerts show only in Alertmanager and Grafana."
  type = object({
    chat_id    = number
    token_file = string
    topic      = optional(number)
  })
  default = null

  validation {
    condition     = var.telegram == null || try(var.telegram.chat_id != 0 && floor(var.telegram.chat_id) == var.telegram.chat_id, false)
    error_message = "\"telegram.chat_id\" must be a whole number, like -1001234567890 for a group; a channel's \"@name\" does not work with Alertmanager."
  }

  validation {
    condition     = var.telegram == null || can(regex("^/[^:$]+$", var.telegram.token_file))
    error_message = "\"telegram.token_file\" must be the absolute path of a file that holds the token, like \"/etc/pve-drift/alertmanager-token\"; the token itself does not belong into Terraform's state."
  }
}

variable "drift_told_by" {
  description = "Who reports drift: \"alertmanager\", or \"telegram_sink\" if you use pve-drift's own sink, which reports it in more detail. Then Alertmanager does not send DriftDetected, but still reports failed, overdue and missing checks."
  type        = string
  default     = "alertmanager"
  nullable    = false

  validation {
    condition     = contains(["alertmanager", "telegram_sink"], var.drift_told_by)
    error_message = "\"drift_told_by\" must be \"alertmanager\" or \"telegram_sink\"."
  }
}

variable "grafana_url" {
  description = "Grafana's address as a browser or phone reaches it, for the links in messages. If empty, there are no links."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(https?://[A-Za-z0-9._~:/\\[\\]-]*[A-Za-z0-9\\]_-])?$", var.grafana_url))
    error_message = "\"grafana_url\" must be a http:// or https:// address without a final \"/\", like \"https://grafana.example.org\", or empty."
  }
}

variable "handbook_url" {
  description = "Address of the folder that holds pve-drift's docs/, for the links to the handbook. If empty, there are no links."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(https?://[A-Za-z0-9._~:/\\[\\]-]*[A-Za-z0-9\\]_-])?$", var.handbook_url))
    error_message = "\"handbook_url\" must be a http:// or https:// address without a final \"/\", like \"https://git.example.org/pve-drift/src/main\", or empty."
  }
}

variable "retention_days" {
  description = "Days of metrics that Prometheus keeps. The dashboard shows 30."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.retention_days >= 31 && floor(var.retention_days) == var.retention_days
    error_message = "\"retention_days\" must be a whole number from 31 on: the dashboard shows 30 days."
  }
}

variable "scrape_interval" {
  description = "How often Prometheus scrapes. The metrics change once a day, but an alert is only as fresh as the last scrape."
  type        = string
  default     = "1m"
  nullable    = false

  validation {
    # Beyond two minutes, one failed scrape leaves a gap, since Prometheus looks back five.
    condition     = can(regex("^([1-9]|[1-9][0-9]|1[01][0-9]|120)s$|^[12]m$", var.scrape_interval))
    error_message = "\"scrape_interval\" must be between \"1s\" and \"2m\" in whole seconds or minutes, like \"1m\"."
  }
}

variable "bind_address" {
  description = "Address that Prometheus, Alertmanager and Grafana listen on. The first two have no password: keep them off the network."
  type        = string
  default     = "127.0.0.1"
  nullable    = false

  validation {
    condition     = can(cidrhost("${var.bind_address}/32", 0)) || can(cidrhost("${var.bind_address}/128", 0))
    error_message = "\"bind_address\" must be an IP address, like \"127.0.0.1\"."
  }
}

variable "ports" {
  description = "Ports that Prometheus, Alertmanager and Grafana listen on."
  type = object({
    prometheus   = optional(number, 9090)
    alertmanager = optional(number, 9093)
    grafana      = optional(number, 3000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for port in values(var.ports) : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "Every one of \"ports\" must be a whole number from 1 to 65535."
  }

  validation {
    condition     = length(distinct(values(var.ports))) == length(values(var.ports))
    error_message = "The \"ports\" must differ from each other."
  }
}

variable "images" {
  description = "Container images, each with its tag. Alertmanager must be 0.26 or newer, Prometheus 2.42 or newer."
  type = object({
    node_exporter = optional(string, "prom/node-exporter:v1.10.2")
    prometheus    = optional(string, "prom/prometheus:v3.5.1")
    alertmanager  = optional(string, "prom/alertmanager:v0.30.1")
    grafana       = optional(string, "grafana/grafana:12.1.1")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("^[a-z0-9][^ ]*(:[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})$", image)) && !endswith(image, ":latest")])
    error_message = "Every one of \"images\" must name its version, like \"prom/prometheus:v3.5.1\": with \"latest\" nobody knows what runs."
  }
}

variable "grafana_password_file" {
  description = "File on the machine with the password of Grafana's user admin, readable by uid 472, as which Grafana runs."
  type        = string
  default     = "/etc/pve-drift/grafana-password"
  nullable    = false

  validation {
    condition     = can(regex("^/[^:$]+$", var.grafana_password_file))
    error_message = "\"grafana_password_file\" must be an absolute path, like \"/etc/pve-drift/grafana-password\"."
  }
}
