// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strings"
)

// AllAccounts stands for every account in a permission.
const AllAccounts = "*"

// permissionPrefix begins every permission of the API that names an account.
const permissionPrefix = "iam:domain::"

// Permission says that an account may ask for connections.
type Permission struct {
	ID        string // of the record
	Account   string // an account's ID, or AllAccounts; a permission of another form as the server wrote it
	CreatedAt string // UTC, YYYY-MM-DDTHH:MM:SSZ, as the server wrote it
}

// PermissionPage is one answer to a listing of permissions.
type PermissionPage = Page[Permission]

// UnmarshalJSON implements json.Unmarshaler: a permission that names nobody, or would do things to a terminal, is an error.
func (p *Permission) UnmarshalJSON(data []byte) error {
	var decoded struct {
		ID         string `json:"id"`
		Permission string `json:"permission"`
		CreatedAt  string `json:"created_at"`
	}
	if err := json.Unmarshal(data, &decoded); err != nil {
		return err
	}
	if strings.TrimPrefix(decoded.Permission, permissionPrefix) == "" {
		return errors.New("a permission of nobody")
	}
	if err := checkTexts("permission", decoded.Permission, decoded.ID, decoded.Permission, decoded.CreatedAt); err != nil {
		return err
	}
	*p = Permission{ID: decoded.ID, Account: strings.TrimPrefix(decoded.Permission, permissionPrefix), CreatedAt: decoded.CreatedAt}
	return nil
}

// ListPermissions lists which accounts may ask for connections with a gateway (GET .../permissions), the gateway
// owner's own among them; an account may be in more than one. Pages and errors are like those of ListConnections.
func (c *Client) ListPermissions(ctx context.Context, gw Gateway) iter.Seq2[PermissionPage, error] {
	return pages(ctx, c, OperationListPermissions, gw, kind[Permission]{
		noun: "permission", plural: "permissions", named: "record",
		// An account may have more than one record: its owner's own, and one that was added.
		key:   func(p Permission) string { return p.ID + " of " + p.Account },
		state: func(p Permission) string { return p.Account },
		list:  func(a *listAnswer) []Permission { return a.Permissions },
	})
}

// AddPermissions lets 1 to MaxBatch different accounts, or AllAccounts, ask for connections (POST .../permissions/batch-add).
func (c *Client) AddPermissions(ctx context.Context, gw Gateway, accounts []string) error {
	return c.changePermissions(ctx, OperationAddPermissions, gw, "batch-add", accounts)
}

// DeletePermissions undoes AddPermissions (POST .../permissions/batch-delete).
func (c *Client) DeletePermissions(ctx context.Context, gw Gateway, accounts []string) error {
	return c.changePermissions(ctx, OperationDeletePermissions, gw, "batch-delete", accounts)
}

func (c *Client) changePermissions(ctx context.Context, operation string, gw Gateway, call string, accounts []string) error {
	req, err := c.request(operation, http.MethodPost, gw, "permissions", call)
	if err != nil {
		return err
	}
	if err := checkBatch("account", accounts); err != nil {
		return invalid(req, err)
	}
	permissions := make([]string, len(accounts))
	for i, account := range accounts {
		permissions[i] = permissionPrefix + account
	}
	req.Body = map[string][]string{"permissions": permissions}
	_, err = c.rest.Do(ctx, req, nil)
	return err
}
