run "defaults" {
  command = plan

  assert {
    condition = toset(keys(output.files)) == toset([
      "compose.yaml",
      "prometheus/prometheus.yml",
      "prometheus/rules/drift-alerts.yml",
      "alertmanager/alertmanager.yml",
      "alertmanager/drift-telegram.tmpl",
      "grafana/provisioning/datasources/prometheus.yml",
      "grafana/provisioning/dashboards/drift.yml",
      "grafana/dashboards/drift-overview.json",
    ])
    error_message = "The stack's files have changed: ${join(", ", keys(output.files))}."
  }

  assert {
    condition     = toset(keys(yamldecode(output.files["compose.yaml"]).services)) == toset(["alertmanager", "grafana", "node-exporter", "prometheus"])
    error_message = "Not the four services."
  }

  assert {
    condition = yamldecode(output.files["compose.yaml"]).services["node-exporter"].volumes[0] == {
      type      = "bind"
      source    = "/var/lib/prometheus/node-exporter"
      target    = "/textfile"
      read_only = true
      bind      = { create_host_path = false }
    }
    error_message = "The textfile folder is not mounted read-only."
  }

  assert {
    condition     = contains(yamldecode(output.files["compose.yaml"]).services["node-exporter"].command, "--collector.textfile.directory=/textfile")
    error_message = "node_exporter does not look into the mounted folder."
  }

  assert {
    condition     = alltrue([for service in values(yamldecode(output.files["compose.yaml"]).services) : alltrue([for port in try(service.ports, []) : startswith(port, "127.0.0.1:")])])
    error_message = "A port is open to the network."
  }

  assert {
    condition     = yamldecode(output.files["prometheus/prometheus.yml"]).scrape_configs[0].static_configs[0].targets == ["node-exporter:9100"]
    error_message = "Not the stack's own node_exporter alone."
  }

  assert {
    condition     = output.files["prometheus/rules/drift-alerts.yml"] == file("files/drift-alerts.yml")
    error_message = "The rules are not the shipped ones."
  }

  assert {
    condition     = jsondecode(output.files["grafana/dashboards/drift-overview.json"]) == merge(jsondecode(file("files/drift-overview.json")), { links = [] })
    error_message = "The dashboard is not the shipped one."
  }

  # Nobody to tell: every alert ends at the receiver that does nothing, and no token is asked for.
  assert {
    condition = (
      yamldecode(output.files["alertmanager/alertmanager.yml"]).route.routes == [] &&
      yamldecode(output.files["alertmanager/alertmanager.yml"]).receivers == [{ name = "nobody" }] &&
      toset(keys(yamldecode(output.files["compose.yaml"]).secrets)) == toset(["grafana_password"])
    )
    error_message = "Telegram is configured though nobody asked for it."
  }
}

run "telegram" {
  command = plan

  variables {
    telegram     = { chat_id = -1001234567890123, token_file = "/etc/pve-drift/alertmanager-token", topic = 7 }
    grafana_url  = "https://grafana.example.org"
    handbook_url = "https://git.example.org/pve-drift"
  }

  assert {
    condition = yamldecode(output.files["alertmanager/alertmanager.yml"]).receivers[1].telegram_configs[0] == {
      bot_token_file    = "/run/secrets/telegram_token"
      chat_id           = -1001234567890123
      message           = "{{ template \"drift.telegram\" . }}"
      message_thread_id = 7
      parse_mode        = "HTML"
      send_resolved     = true
    }
    error_message = "Not the shipped receiver with this chat and topic."
  }

  assert {
    condition     = yamldecode(output.files["alertmanager/alertmanager.yml"]).route == yamldecode(file("files/alertmanager.yml")).route
    error_message = "Not the shipped route."
  }

  assert {
    condition     = yamldecode(output.files["compose.yaml"]).secrets.telegram_token.file == "/etc/pve-drift/alertmanager-token"
    error_message = "The token does not reach Alertmanager."
  }

  assert {
    condition = (
      strcontains(output.files["alertmanager/drift-telegram.tmpl"], "$grafana := \"https://grafana.example.org\"") &&
      strcontains(output.files["alertmanager/drift-telegram.tmpl"], "$handbook := \"https://git.example.org/pve-drift\"")
    )
    error_message = "The addresses are not in the messages."
  }

  assert {
    condition     = jsondecode(output.files["grafana/dashboards/drift-overview.json"]).links[0].url == "https://git.example.org/pve-drift/docs/DRIFT-DETECTION.md"
    error_message = "The dashboard does not link to the handbook."
  }
}

run "telegram_sink_on" {
  command = plan

  variables {
    telegram      = { chat_id = -1001, token_file = "/etc/pve-drift/alertmanager-token" }
    drift_told_by = "telegram_sink"
  }

  assert {
    condition     = yamldecode(output.files["alertmanager/alertmanager.yml"]).route.routes[0] == { matchers = ["alertname=\"DriftDetected\""], receiver = "nobody" }
    error_message = "DriftDetected would be told twice."
  }

  assert {
    condition     = yamldecode(output.files["alertmanager/alertmanager.yml"]).route.routes[1].receiver == "telegram-drift"
    error_message = "The other alerts are told to nobody."
  }
}

run "checks_run_elsewhere" {
  command = plan

  variables {
    textfile_dir   = null
    node_exporters = ["pve1.example.org:9100", "[2001:db8::2]:9100"]
    bind_address   = "::1"
    ports          = { grafana = 3001 }
  }

  assert {
    condition     = !contains(keys(yamldecode(output.files["compose.yaml"]).services), "node-exporter")
    error_message = "A node_exporter without anything to read."
  }

  assert {
    condition     = yamldecode(output.files["prometheus/prometheus.yml"]).scrape_configs[0].static_configs[0].targets == ["pve1.example.org:9100", "[2001:db8::2]:9100"]
    error_message = "Not the machines that were named."
  }

  assert {
    condition     = yamldecode(output.files["compose.yaml"]).services.grafana.ports == ["[::1]:3001:3000"]
    error_message = "Not the address and port that were asked for."
  }
}
