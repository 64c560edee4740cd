// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
)

// The server that was measured, and how many resources Terraform takes at the same time.
const (
	latency     = 0.05 // seconds a call
	creating    = 1    // seconds until an accepted connection is
	parallelism = 10
)

// point is one number of endpoints, and what came of it.
type point struct{ x, y float64 }

// series is a line of a chart.
type series struct {
	name, color, dashes string
	points              []point
}

// chart is one of the two.
type chart struct {
	title string
	lines []series
}

// chartsOf reads what the benchmark measured, and computes what one call an endpoint would cost: one to decide and one
// to look, for as many endpoints at the same time as Terraform has resources.
func chartsOf(text []byte) ([]chart, error) {
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(records) < 2 {
		return nil, errors.New("no data")
	}
	columns := map[string]int{}
	for i, name := range records[0] {
		columns[name] = i
	}
	calls := chart{"Calls of an apply", both()}
	seconds := chart{"Seconds of an apply", both()}
	add := func(c chart, n, ours, each float64) {
		c.lines[0].points = append(c.lines[0].points, point{n, each})
		c.lines[1].points = append(c.lines[1].points, point{n, ours})
	}
	for _, record := range records[1:] {
		var problems []error
		value := func(name string) float64 {
			i, ok := columns[name]
			if !ok {
				problems = append(problems, fmt.Errorf("no column %q", name))
				return 0
			}
			v, err := strconv.ParseFloat(record[i], 64)
			problems = append(problems, err)
			return v
		}
		n := value("endpoints")
		add(calls, n, value("action calls")+value("listings in apply"), 2*n)
		add(seconds, n, value("apply s"), float64((int(n)+parallelism-1)/parallelism)*(2*latency+creating))
		if err := errors.Join(problems...); err != nil {
			return nil, err
		}
	}
	return []chart{calls, seconds}, nil
}

// both are the lines of a chart, without points.
func both() []series {
	return []series{{name: "one call an endpoint", color: "#bc4c00", dashes: "7 5"}, {name: "this provider", color: "#0969da", dashes: "none"}}
}
