package main

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// field is one attribute or block of a resource: what the schema says of it, and how it is planned.
type field struct {
	name string
	kind kind
	// of a block, or of an object in a computed list
	fields []field
	max    int64

	required, computed, secret bool
	// not known to the code, and what is there stays; of a new object nothing is promised
	adopted bool
	// null is not false, 0 or "": the resource is of the new framework
	strict bool
	// what a missing value means; nil: nothing
	fallback any
	// a change makes a new object; always, or where forcesIf says so
	forces   bool
	forcesIf func(plan object) bool
	// rewrites what the code says, before it is compared
	normal func(string) string
	// the state's value is as good as the code's
	same func(state, code any) bool
	// the first version that has it, and the first that has it no more
	since, until string
	// what to write instead
	deprecated string
}

type kind int

const (
	text kind = iota
	number
	boolean
	texts
	textSet
	textMap
	textLists
	objects
	block
	blockSet
)

func str(name string, options ...option) field { return made(field{name: name, kind: text}, options) }
func num(name string, options ...option) field { return made(field{name: name, kind: number}, options) }
func flag(name string, options ...option) field {
	return made(field{name: name, kind: boolean}, options)
}
func strs(name string, options ...option) field { return made(field{name: name, kind: texts}, options) }
func nest(name string, max int64, of ...field) field {
	return field{name: name, kind: block, max: max, fields: of}
}

type option func(*field)

func made(f field, options []option) field {
	for _, option := range options {
		option(&f)
	}
	return f
}

func required(f *field) { f.required = true }
func computed(f *field) { f.computed = true }
func secret(f *field)   { f.secret = true }
func adopted(f *field)  { f.adopted = true }
func strict(f *field)   { f.strict = true }
func forces(f *field)   { f.forces = true }

func def(value any) option { return func(f *field) { f.fallback = value } }

// since: FACT §8: an attribute that is new after an upgrade goes from null to its default in the first plan.
func since(version string) option { return func(f *field) { f.since = version } }

func until(version string) option { return func(f *field) { f.until = version } }

func deprecated(instead string) option { return func(f *field) { f.deprecated = instead } }

func same(fn func(state, code any) bool) option { return func(f *field) { f.same = fn } }

func normal(fn func(string) string) option { return func(f *field) { f.normal = fn } }

// known leaves out what this version does not have yet, at every depth.
func known(fields []field, version string) []field {
	var kept []field
	for _, f := range fields {
		if f.since != "" && older(version, f.since) || f.until != "" && !older(version, f.until) {
			continue
		}
		f.fields = known(f.fields, version)
		kept = append(kept, f)
	}
	return kept
}

func older(a, b string) bool {
	for x, y := parts(a), parts(b); ; x, y = x[1:], y[1:] {
		if len(x) == 0 || len(y) == 0 {
			return len(x) < len(y)
		}
		if x[0] != y[0] {
			return x[0] < y[0]
		}
	}
}

func schemaOf(fields []field, deprecated string) schema.Schema {
	attributes, blocks := schemaParts(fields)
	return schema.Schema{Attributes: attributes, Blocks: blocks, DeprecationMessage: deprecated}
}

func schemaParts(fields []field) (map[string]schema.Attribute, map[string]schema.Block) {
	attributes, blocks := map[string]schema.Attribute{}, map[string]schema.Block{}
	for _, f := range fields {
		r, c, o := f.required, f.computed || f.adopted || f.fallback != nil, !f.required && !(f.computed && f.kind == objects)
		switch f.kind {
		case text:
			attributes[f.name] = schema.StringAttribute{Required: r, Optional: o, Computed: c, Sensitive: f.secret}
		case number:
			attributes[f.name] = schema.NumberAttribute{Required: r, Optional: o, Computed: c}
		case boolean:
			attributes[f.name] = schema.BoolAttribute{Required: r, Optional: o, Computed: c}
		case texts:
			attributes[f.name] = schema.ListAttribute{Required: r, Optional: o, Computed: c, ElementType: types.StringType}
		case textSet:
			attributes[f.name] = schema.SetAttribute{Required: r, Optional: o, Computed: c, ElementType: types.StringType}
		case textMap:
			attributes[f.name] = schema.MapAttribute{Required: r, Optional: o, Computed: c, ElementType: types.StringType}
		case textLists:
			attributes[f.name] = schema.ListAttribute{Computed: true, ElementType: types.ListType{ElemType: types.StringType}}
		case objects:
			of := types.ObjectType{AttrTypes: map[string]attr.Type{}}
			for _, one := range f.fields {
				of.AttrTypes[one.name] = map[kind]attr.Type{text: types.StringType, number: types.NumberType, boolean: types.BoolType}[one.kind]
			}
			attributes[f.name] = schema.ListAttribute{Optional: o, Computed: c, ElementType: of}
		case block, blockSet:
			inner, nested := schemaParts(f.fields)
			of := schema.NestedBlockObject{Attributes: inner, Blocks: nested}
			if f.kind == block {
				blocks[f.name] = schema.ListNestedBlock{NestedObject: of}
			} else {
				blocks[f.name] = schema.SetNestedBlock{NestedObject: of}
			}
		}
	}
	return attributes, blocks
}
