// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema is that of the provider block.
func Schema() schema.Schema {
	s := schema.Schema{
		MarkdownDescription: "Accepts and rejects the connections of VPC endpoints to dedicated gateways of API Gateway (APIG) on Huawei Cloud, and keeps them as they are declared.",
		Attributes:          map[string]schema.Attribute{},
		Blocks:              map[string]schema.Block{},
	}
	for _, a := range arguments {
		switch {
		case a.kind == block || a.kind == single:
			s.Blocks[a.name] = a.block()
		case !a.nested():
			s.Attributes[a.name] = a.attribute()
		}
	}
	return s
}

func (a argument) block() schema.Block {
	nested := schema.ListNestedBlock{MarkdownDescription: a.doc, NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{}}}
	if a.kind == single {
		nested.Validators = []validator.List{listvalidator.SizeAtMost(1)}
	}
	for _, inner := range argumentsOf(a.name) {
		nested.NestedObject.Attributes[inner.local()] = inner.attribute()
	}
	return nested
}

// attribute is the argument in the schema. One that means nothing here is in it to be told why, and deprecated to be warned of.
func (a argument) attribute() schema.Attribute {
	text, deprecation := a.description(), ""
	if a.meaningless() {
		deprecation = text
	}
	switch a.kind {
	case flag:
		return schema.BoolAttribute{Optional: true, MarkdownDescription: text, DeprecationMessage: deprecation}
	case whole:
		attribute := schema.Int64Attribute{Optional: true, MarkdownDescription: text}
		if a.least > 0 {
			attribute.Validators = []validator.Int64{int64validator.AtLeast(int64(a.least))}
		}
		return attribute
	case number:
		return schema.Float64Attribute{Optional: true, MarkdownDescription: text, Validators: []validator.Float64{float64validator.AtLeast(a.least)}}
	case texts:
		return schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: text, DeprecationMessage: deprecation}
	case list:
		return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: text, DeprecationMessage: deprecation}
	default:
		return schema.StringAttribute{Optional: true, Sensitive: a.secret, MarkdownDescription: text, DeprecationMessage: deprecation}
	}
}

// description is what the page says of the argument, and a warning of one that means nothing here.
func (a argument) description() string {
	switch {
	case a.harmless != "":
		return "It does nothing here, and is accepted from provider blocks of `huaweicloud`: " + a.harmless + "."
	case a.refused != "":
		return "It is not supported here: " + a.refused + "."
	case len(a.variables) > 0:
		return fmt.Sprintf("%s Environment variable: `%s`.", a.doc, a.variable())
	default:
		return a.doc
	}
}
