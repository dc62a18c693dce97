# Each variable refuses what would only fail later, in a container.

run "refuses_textfile_dir_1" {
  command = plan

  variables {
    textfile_dir = "relative"
  }

  expect_failures = [var.textfile_dir]
}

run "refuses_textfile_dir_2" {
  command = plan

  variables {
    textfile_dir = "/with:colon"
  }

  expect_failures = [var.textfile_dir]
}

run "refuses_textfile_dir_3" {
  command = plan

  variables {
    textfile_dir = "/ends/"
  }

  expect_failures = [var.textfile_dir]
}

run "refuses_node_exporters_1" {
  command = plan

  variables {
    node_exporters = ["http://pve1:9100"]
  }

  expect_failures = [var.node_exporters]
}

run "refuses_node_exporters_2" {
  command = plan

  variables {
    node_exporters = ["pve1"]
  }

  expect_failures = [var.node_exporters]
}

run "refuses_telegram_1" {
  command = plan

  variables {
    telegram = { chat_id = 1.5, token_file = "/t" }
  }

  expect_failures = [var.telegram]
}

run "refuses_telegram_2" {
  command = plan

  variables {
    telegram = { chat_id = 0, token_file = "/t" }
  }

  expect_failures = [var.telegram]
}

run "refuses_telegram_3" {
  command = plan

  variables {
    telegram = { chat_id = -1, token_file = "123:ABC" }
  }

  expect_failures = [var.telegram]
}

run "refuses_drift_told_by_1" {
  command = plan

  variables {
    drift_told_by = "both"
  }

  expect_failures = [var.drift_told_by]
}

run "refuses_grafana_url_1" {
  command = plan

  variables {
    grafana_url = "grafana.example.org"
  }

  expect_failures = [var.grafana_url]
}

run "refuses_grafana_url_2" {
  command = plan

  variables {
    grafana_url = "https://grafana.example.org/"
  }

  expect_failures = [var.grafana_url]
}

run "refuses_grafana_url_3" {
  command = plan

  variables {
    grafana_url = "https://x\" }}"
  }

  expect_failures = [var.grafana_url]
}

run "refuses_handbook_url_1" {
  command = plan

  variables {
    handbook_url = "ftp://example.org"
  }

  expect_failures = [var.handbook_url]
}

run "refuses_handbook_url_2" {
  command = plan

  variables {
    handbook_url = "https://example.org/"
  }

  expect_failures = [var.handbook_url]
}

run "refuses_retention_days_1" {
  command = plan

  variables {
    retention_days = 30
  }

  expect_failures = [var.retention_days]
}

run "refuses_retention_days_2" {
  command = plan

  variables {
    retention_days = 31.5
  }

  expect_failures = [var.retention_days]
}

run "refuses_scrape_interval_1" {
  command = plan

  variables {
    scrape_interval = "5m"
  }

  expect_failures = [var.scrape_interval]
}

run "refuses_scrape_interval_2" {
  command = plan

  variables {
    scrape_interval = "121s"
  }

  expect_failures = [var.scrape_interval]
}

run "refuses_scrape_interval_3" {
  command = plan

  variables {
    scrape_interval = "1h"
  }

  expect_failures = [var.scrape_interval]
}

run "refuses_bind_address_1" {
  command = plan

  variables {
    bind_address = "localhost"
  }

  expect_failures = [var.bind_address]
}

run "refuses_ports_1" {
  command = plan

  variables {
    ports = { grafana = 0 }
  }

  expect_failures = [var.ports]
}

run "refuses_ports_2" {
  command = plan

  variables {
    ports = { grafana = 70000 }
  }

  expect_failures = [var.ports]
}

run "refuses_ports_3" {
  command = plan

  variables {
    ports = { grafana = 9090 }
  }

  expect_failures = [var.ports]
}

run "refuses_images_1" {
  command = plan

  variables {
    images = { grafana = "grafana/grafana" }
  }

  expect_failures = [var.images]
}

run "refuses_images_2" {
  command = plan

  variables {
    images = { grafana = "grafana/grafana:latest" }
  }

  expect_failures = [var.images]
}

run "refuses_grafana_password_file_1" {
  command = plan

  variables {
    grafana_password_file = "secret"
  }

  expect_failures = [var.grafana_password_file]
}

run "refuses_a_stack_that_scrapes_nothing" {
  command = plan

  variables {
    textfile_dir = null
  }

  expect_failures = [output.files]
}
