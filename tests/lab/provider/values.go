package main

import (
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// object is a value of a resource or block as plain Go: string, float64, bool, []any, object; nil for null.
type object = map[string]any

// unknown stands for a value that only the apply will tell.
type unknown struct{}

func plain(value tftypes.Value) any {
	if !value.IsKnown() {
		return unknown{}
	}
	if value.IsNull() {
		return nil
	}
	switch t := value.Type(); {
	case t.Is(tftypes.String):
		var s string
		must(value.As(&s))
		return s
	case t.Is(tftypes.Bool):
		var b bool
		must(value.As(&b))
		return b
	case t.Is(tftypes.Number):
		var n big.Float
		must(value.As(&n))
		f, _ := n.Float64()
		return f
	case t.Is(tftypes.Map{}), t.Is(tftypes.Object{}):
		var m map[string]tftypes.Value
		must(value.As(&m))
		out := object{}
		for key, one := range m {
			out[key] = plain(one)
		}
		return out
	default:
		var l []tftypes.Value
		must(value.As(&l))
		out := make([]any, len(l))
		for i, one := range l {
			out[i] = plain(one)
		}
		return out
	}
}

func typed(t tftypes.Type, value any) tftypes.Value {
	switch v := value.(type) {
	case nil:
		return tftypes.NewValue(t, nil)
	case unknown:
		return tftypes.NewValue(t, tftypes.UnknownValue)
	case int:
		return tftypes.NewValue(t, float64(v))
	case []string:
		list := make([]any, len(v))
		for i, one := range v {
			list[i] = one
		}
		return typed(t, list)
	case []any:
		of := elementType(t)
		list := make([]tftypes.Value, len(v))
		for i, one := range v {
			list[i] = typed(of, one)
		}
		return tftypes.NewValue(t, list)
	case object:
		if m, ok := t.(tftypes.Map); ok {
			out := map[string]tftypes.Value{}
			for key, one := range v {
				out[key] = typed(m.ElementType, one)
			}
			return tftypes.NewValue(t, out)
		}
		out := map[string]tftypes.Value{}
		for key, of := range t.(tftypes.Object).AttributeTypes {
			out[key] = typed(of, v[key])
		}
		return tftypes.NewValue(t, out)
	default:
		return tftypes.NewValue(t, v)
	}
}

func elementType(t tftypes.Type) tftypes.Type {
	switch c := t.(type) {
	case tftypes.List:
		return c.ElementType
	case tftypes.Set:
		return c.ElementType
	}
	panic(fmt.Sprintf("no list: %s", t))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// equal is deep; numbers of different Go types are the same number.
func equal(a, b any) bool { return reflect.DeepEqual(even(a), even(b)) }

func even(value any) any {
	switch v := value.(type) {
	case int:
		return float64(v)
	case []string:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = one
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = even(one)
		}
		return out
	case object:
		out := object{}
		for key, one := range v {
			out[key] = even(one)
		}
		return out
	}
	return value
}

// empty is what the old SDK does not tell from null.
func empty(value any) bool {
	switch v := even(value).(type) {
	case nil:
		return true
	case string:
		return v == ""
	case float64:
		return v == 0
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case object:
		return len(v) == 0
	}
	return false
}

func textOf(value any) string {
	switch v := value.(type) {
	case nil, unknown:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(value)
}

func numberOf(value any) float64 {
	n, _ := strconv.ParseFloat(textOf(value), 64)
	return n
}

func yes(value any) bool { return textOf(value) == "1" }

func listOf(value any) []any {
	list, _ := even(value).([]any)
	return list
}

// first is the only element of a block that may stand once; an empty object where it does not stand.
func first(value any) object {
	if list := listOf(value); len(list) > 0 {
		if one, ok := list[0].(object); ok {
			return one
		}
	}
	return object{}
}

func textsOf(value any) []string {
	out := []string{}
	for _, one := range listOf(value) {
		out = append(out, textOf(one))
	}
	return out
}

func parts(version string) []int {
	var out []int
	for _, one := range strings.Split(strings.Replace(version, "-rc", ".", 1), ".") {
		n, _ := strconv.Atoi(one)
		out = append(out, n)
	}
	return out
}

func copied(from object) object {
	out := object{}
	for key, value := range from {
		out[key] = value
	}
	return out
}
