// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package settle brings endpoints to where they are to be. It knows nothing of the
// API's calls, nor of who shares them.
package settle
