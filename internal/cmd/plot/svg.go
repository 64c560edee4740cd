// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// The picture's measures. Both axes of both charts are logarithmic.
const (
	width, height = 900, 415
	inner         = 365 // of a chart
	top, bottom   = 70, 310
	left, apart   = 65, 435

	mostX, mostY = 5000, 10000
)

// legend says what the lines are.
const legend = "Accepting all endpoints of one resource, at 50 ms a call and 1 s until a connection is accepted."

const legendOfEach = "One call an endpoint is computed: a call to decide and one to look, 10 endpoints at the same time, without Terraform's own time."

// plot draws the charts beside each other, on a ground of its own: it is readable wherever the page is dark.
func plot(text []byte) ([]byte, error) {
	charts, err := chartsOf(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#111111">
<title id="title">What an apply costs</title>
<desc id="desc">%s</desc>
<rect width="%d" height="%d" rx="8" fill="#ffffff"/>
`, width, height, width, height, describe(charts), width, height)
	for i, c := range charts {
		c.draw(&b, float64(left+i*apart))
	}
	fmt.Fprintf(&b, `<text x="%d" y="378" font-size="12" fill="#59636e">%s</text>
<text x="%d" y="397" font-size="12" fill="#59636e">%s</text>
</svg>
`, left-20, legend, left-20, legendOfEach)
	return b.Bytes(), nil
}

// draw draws a chart whose left edge is at x.
func (c chart) draw(b *bytes.Buffer, x float64) {
	at := func(p point) (across, down float64) {
		return x + inner*math.Log10(p.x)/math.Log10(mostX), bottom - (bottom-top)*math.Log10(max(p.y, 1))/math.Log10(mostY)
	}
	fmt.Fprintf(b, "<text x=\"%.0f\" y=\"30\" font-size=\"16\" font-weight=\"600\">%s</text>\n", x, c.title)
	for y := 1.0; y <= mostY; y *= 10 {
		_, down := at(point{1, y})
		fmt.Fprintf(b, "<path d=\"M%.0f %.1fh%d\" stroke=\"#eaeef2\"/><text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n", x, down, inner, x-8, down+4, y)
	}
	for _, n := range []float64{1, 10, 100, 1000, mostX} {
		across, _ := at(point{n, 1})
		fmt.Fprintf(b, "<path d=\"M%.1f %dv6\" stroke=\"#59636e\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n", across, bottom, across, bottom+20, n)
	}
	fmt.Fprintf(b, "<path d=\"M%.0f %dh%d\" stroke=\"#59636e\"/><text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">endpoints</text>\n", x, bottom, inner, x+inner/2, bottom+38)
	for i, line := range c.lines {
		from := x + float64(i)*190
		fmt.Fprintf(b, "<path d=\"M%.0f %dh26\" stroke=\"%s\" stroke-width=\"2.5\" stroke-dasharray=\"%s\"/><text x=\"%.0f\" y=\"%d\">%s</text>\n",
			from, 48, line.color, line.dashes, from+32, 52, line.name)
		fmt.Fprintf(b, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" stroke-dasharray=\"%s\" points=\"", line.color, line.dashes)
		for _, p := range line.points {
			across, down := at(p)
			fmt.Fprintf(b, "%.1f,%.1f ", across, down)
		}
		b.WriteString("\"/>\n")
		for _, p := range line.points {
			across, down := at(p)
			fmt.Fprintf(b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>\n", across, down, line.color)
		}
		last := line.points[len(line.points)-1]
		across, down := at(last)
		fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" font-weight=\"600\" fill=\"%s\">%s</text>\n", across-8, down-8, line.color, figure(last.y))
	}
}

// describe says in words what the charts show, for who does not see them.
func describe(charts []chart) string {
	var b strings.Builder
	b.WriteString(legend)
	for _, c := range charts {
		for _, line := range c.lines {
			last := line.points[len(line.points)-1]
			fmt.Fprintf(&b, " %s for %.0f endpoints, %s: %s.", c.title, last.x, line.name, figure(last.y))
		}
	}
	return b.String()
}

// figure is a number as a person writes it.
func figure(v float64) string {
	if v == math.Trunc(v) || v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}
