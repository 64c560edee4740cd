// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"time"
)

const (
	exclusiveType = "apig_vpc_endpoint_connections_exclusive"
	exclusiveName = "exclusive"
)

// declaration is a resource in the configuration of a schedule.
type declaration struct {
	kind    string
	names   []string // endpoints, or accounts
	rejects bool
	retains bool
	first   bool
	expects bool // one account alone
	pending bool // are rejected too

	// In the next run:
	replaced, hidden, allHidden bool
}

// declarations are a configuration. A name is that of one resource, of whatever type.
type declarations map[string]*declaration

// of returns a declaration, which is made where there is none.
func (d declarations) of(name, kind string) *declaration {
	if d[name] == nil {
		d[name] = &declaration{kind: kind}
	}
	return d[name]
}

// take takes an endpoint or an account out of whatever names it.
func (d declarations) take(id string) {
	for name, declared := range d {
		declared.names = slices.DeleteFunc(declared.names, func(other string) bool { return other == id })
		if len(declared.names) == 0 && declared.kind != exclusiveType {
			delete(d, name)
		}
	}
}

// rename renames a resource, or adds what it names to another one.
func (d declarations) rename(name, to string) {
	from := d[name]
	if from == nil || name == to {
		return
	}
	delete(d, name)
	if there := d[to]; there != nil {
		there.names = slices.Concat(there.names, from.names)
		return
	}
	d[to] = from
}

// config is the configuration as it is written. Its lists are sorted: a list that is in
// another order than the state's, and partly unknown, and turns out to have the same
// elements, can't be planned twice alike.
func (d declarations) config(hurry time.Duration) map[string]wanted {
	config := map[string]wanted{}
	for name, declared := range d {
		slices.Sort(declared.names)
		w := wanted{kind: declared.kind, first: declared.first, force: declared.replaced}
		switch declared.kind {
		case connectionType:
			w.config = declared.connections()
		case permissionsType:
			w.config = fields{"instance_id": testInstance, "domain_ids": listOf(declared.names...), "on_destroy": declared.or("delete")}
		case exclusiveType:
			w.config = d.exclusive(declared.pending)
		}
		if hurry > 0 {
			short := hurry.String()
			w.config = with(w.config, "timeouts", fields{"create": short, "update": short})
		}
		if declared.hidden && declared.kind == connectionType {
			w.known = w.config
			some := listOf(declared.names...)
			some[0] = unknown
			w.config = with(w.config, "endpoints", some)
			if declared.allHidden {
				w.config = with(w.config, "endpoints", unknown)
			}
		}
		config[name] = w
	}
	return config
}

func (d *declaration) connections() fields {
	config := fields{
		"instance_id": testInstance, "desired_status": d.decision(), "endpoints": listOf(d.names...),
		"on_destroy": d.or("reject"), "wait_for_endpoints": "20s",
	}
	if d.expects {
		config["expected_domain_ids"] = listOf(worldAccounts[0])
	}
	return config
}

func (d *declaration) decision() string {
	if d.rejects {
		return "rejected"
	}
	return "accepted"
}

func (d *declaration) or(lets string) string {
	if d.retains {
		return "retain"
	}
	return lets
}

// exclusive lets stand what the others accept, and the endpoints of an account that has none.
func (d declarations) exclusive(pending bool) fields {
	config := fields{"instance_id": testInstance, "domain_ids": listOf(worldAccounts[2]), "reject_pending": pending}
	if stand := d.accepted(); len(stand) > 0 {
		config["endpoints"] = listOf(stand...)
	}
	return config
}

// accepted are the endpoints that are declared to be.
func (d declarations) accepted() []string {
	var ids []string
	for _, name := range slices.Sorted(maps.Keys(d)) {
		if d[name].kind == connectionType && !d[name].rejects {
			ids = append(ids, d[name].names...)
		}
	}
	return ids
}

// wants is what is declared of an endpoint, "" where nothing is.
func (d declarations) wants(id string) string {
	for _, declared := range d {
		if declared.kind == connectionType && slices.Contains(declared.names, id) {
			return declared.decision()
		}
	}
	return ""
}

// permits tells whether an account is declared to have an entry.
func (d declarations) permits(account string) bool {
	for _, declared := range d {
		if declared.kind == permissionsType && slices.Contains(declared.names, account) {
			return true
		}
	}
	return false
}

// clone is a copy as it is now.
func (d declarations) clone() declarations {
	copied := declarations{}
	for name, declared := range d {
		other := *declared
		other.names = slices.Clone(declared.names)
		copied[name] = &other
	}
	return copied
}
