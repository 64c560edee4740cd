# Nothing is called: the CLI makes up what the provider would compute. It knows nothing
# of what is in `connections`, and so it is told.
mock_provider "apig" {
  mock_resource "apig_vpc_endpoint_connection" {
    defaults = {
      connections = {
        "9fa04c5e-64ec-4106-a014-2ad71ad9997d" = {
          status     = "accepted"
          marker_id  = 167792784
          domain_id  = "c90f12a0f1ee43bc90a1f4d17bce35bc"
          created_at = "2025-01-31T09:00:00Z"
          updated_at = "2025-01-31T09:05:00Z"
        }
      }
    }
  }

  mock_data "apig_vpc_endpoint_connections" {
    defaults = {
      endpoints = ["c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37"]
      connections = {
        "c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37" = {
          status     = "pendingAcceptance"
          marker_id  = 167792785
          domain_id  = "5e0b7c3d9a1f4826b4d8e6f0a2c41793"
          created_at = "2025-01-31T10:00:00Z"
          updated_at = "2025-01-31T10:00:00Z"
        }
      }
    }
  }
}

variables {
  gateway_id = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
  endpoints  = ["9fa04c5e-64ec-4106-a014-2ad71ad9997d"]
}

run "accepts_partners" {
  assert {
    condition     = output.accounts == tolist(["c90f12a0f1ee43bc90a1f4d17bce35bc"])
    error_message = "The partner's endpoint is not accepted."
  }

  assert {
    condition     = output.waiting == ["c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37"]
    error_message = "The endpoint that waits is not told."
  }
}
