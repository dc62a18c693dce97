locals {
  # Copies of what lies beside this module (`deno task dashboard` writes them): a module is fetched without its neighbours.
  files_dir  = "${path.module}/files"
  rendered   = "# Rendered by the Terraform module monitoring-stack of pve-drift: change the module's variables, not this file."
  own_target = var.textfile_dir == null ? [] : ["node-exporter:9100"]
  targets    = concat(local.own_target, var.node_exporters)

  dashboard = jsondecode(file("${local.files_dir}/drift-overview.json"))
  handbook_link = [for url in compact([var.handbook_url]) : {
    title       = "Handbook"
    type        = "link"
    icon        = "doc"
    url         = "${url}/docs/DRIFT-DETECTION.md"
    targetBlank = true
    tags        = []
  }]

  shipped = yamldecode(file("${local.files_dir}/alertmanager.yml"))
  # Both are there exactly once, which `terraform test` sees to.
  route    = one([for route in local.shipped.route.routes : route if route.receiver == "telegram-drift"])
  receiver = one([for receiver in local.shipped.receivers : receiver.telegram_configs[0] if receiver.name == "telegram-drift"])
  telegram = [for to in var.telegram[*] : merge(
    local.receiver,
    { chat_id = to.chat_id, bot_token_file = "/run/secrets/telegram_token" },
    { for name, topic in { message_thread_id = to.topic } : name => topic if topic != null },
  )]
  alertmanager = merge(local.shipped, {
    route = merge(local.shipped.route, {
      routes = concat(
        [for by in [var.drift_told_by] : { matchers = ["alertname=\"DriftDetected\""], receiver = "nobody" } if by == "telegram_sink"],
        [for _ in local.telegram : local.route],
      )
    })
    receivers = concat(
      [{ name = "nobody" }],
      [for config in local.telegram : { name = "telegram-drift", telegram_configs = [config] }],
    )
  })

  files = {
    "compose.yaml" = templatefile("${path.module}/templates/compose.yaml.tftpl", {
      rendered              = local.rendered
      images                = var.images
      ports                 = var.ports
      bind_address          = strcontains(var.bind_address, ":") ? "[${var.bind_address}]" : var.bind_address
      retention_days        = var.retention_days
      textfile_dir          = var.textfile_dir
      telegram_token_file   = one(var.telegram[*].token_file)
      grafana_password_file = var.grafana_password_file
      grafana_url           = var.grafana_url
    })
    "prometheus/prometheus.yml" = templatefile("${path.module}/templates/prometheus.yml.tftpl", {
      rendered        = local.rendered
      scrape_interval = var.scrape_interval
      targets         = local.targets
    })
    "prometheus/rules/drift-alerts.yml" = file("${local.files_dir}/drift-alerts.yml")
    "alertmanager/alertmanager.yml"     = "${local.rendered}\n${yamlencode(local.alertmanager)}"
    "alertmanager/drift-telegram.tmpl" = replace(replace(
      file("${local.files_dir}/drift-telegram.tmpl"),
      "$grafana := \"\"", "$grafana := \"${var.grafana_url}\""),
      "$handbook := \"\"", "$handbook := \"${var.handbook_url}\"",
    )
    "grafana/provisioning/datasources/prometheus.yml" = file("${path.module}/templates/datasource.yml")
    "grafana/provisioning/dashboards/drift.yml"       = file("${path.module}/templates/dashboards.yml")
    "grafana/dashboards/drift-overview.json" = jsonencode(merge(local.dashboard, {
      links = concat(try(local.dashboard.links, []), local.handbook_link)
    }))
  }
}
