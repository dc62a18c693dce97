package main

import "github.com/hashicorp/terraform-plugin-framework/path"

// planned is what an object is to become, by the rules of the old SDK. prior is nil where the object is new.
func planned(fields []field, config, prior object) object {
	return plannedWithin(fields, config, prior, prior == nil)
}

// plannedWithin plans a resource or a block of one; isNew tells of the resource.
func plannedWithin(fields []field, config, prior object, isNew bool) object {
	plan := object{}
	for _, f := range fields {
		plan[f.name] = f.planned(config[f.name], prior[f.name], isNew, prior == nil)
	}
	return plan
}

// planned of one field. isNew: the resource is; isNewHere: what the field stands in is, such as one more disk.
func (f field) planned(code, state any, isNew, isNewHere bool) any {
	if f.kind == block || f.kind == blockSet {
		return f.plannedBlocks(listOf(code), listOf(state), isNew)
	}
	// FACT §5: what is "" by default is planned as null where it is new, and is no change where it was null.
	if code == nil && f.fallback != nil && !(f.fallback == "" && (isNewHere || state == nil)) {
		code = f.fallback
	}
	if s, ok := code.(string); ok && f.normal != nil {
		code = f.normal(s)
	}
	switch {
	case code != nil:
		if f.same != nil && state != nil && f.same(state, code) {
			return state
		}
		return code
	case f.strict:
		return nil
	case f.computed && isNew:
		return unknown{}
	case f.computed || f.adopted || empty(state):
		return state
	}
	return nil
}

func (f field) plannedBlocks(code, state []any, isNew bool) []any {
	// FACT §2: devices that nobody wrote down are adopted, as a screen (`vga`) set by hand.
	if f.computed && len(code) == 0 {
		return state
	}
	plan := make([]any, len(code))
	for i, one := range code {
		var prior object
		if i < len(state) {
			prior, _ = state[i].(object)
		}
		made := plannedWithin(f.fields, one.(object), prior, isNew)
		for _, inner := range f.fields {
			// FACT: of an element that is gone, what is computed is planned as "".
			if prior != nil && inner.computed && inner.kind == text && made[inner.name] == nil && hollow(prior) {
				made[inner.name] = ""
			}
		}
		plan[i] = made
	}
	return plan
}

func hollow(element object) bool {
	for _, value := range element {
		if !empty(value) {
			return false
		}
	}
	return true
}

// replaces lists what cannot be changed in place and is to change.
func replaces(fields []field, plan, prior object, at func(string) path.Path) []path.Path {
	var found []path.Path
	for _, f := range fields {
		if f.kind == block {
			old := listOf(prior[f.name])
			for i, one := range listOf(plan[f.name]) {
				if i < len(old) {
					was, _ := old[i].(object)
					here := at(f.name).AtListIndex(i)
					found = append(found, replaces(f.fields, one.(object), was, here.AtName)...)
				}
			}
			if f.forces && len(old) != len(listOf(plan[f.name])) {
				found = append(found, at(f.name))
			}
			continue
		}
		if (f.forces || f.forcesIf != nil && f.forcesIf(plan)) && !equal(plan[f.name], prior[f.name]) && !(empty(plan[f.name]) && empty(prior[f.name])) {
			found = append(found, at(f.name))
		}
	}
	return found
}

// settled is what goes into the state after an apply: what was read, but null where the plan said null and nothing was there.
//
// FACT §4: so the first plan after an apply shows null -> [] for each of them, until the state is written again.
func settled(fields []field, plan, read object) object {
	out := copied(read)
	for _, f := range fields {
		switch f.kind {
		case block:
			of, list := listOf(plan[f.name]), listOf(read[f.name])
			if len(of) == len(list) {
				kept := make([]any, len(list))
				for i := range list {
					kept[i] = settled(f.fields, of[i].(object), list[i].(object))
				}
				out[f.name] = kept
			}
		case texts, textSet, textMap:
			if value, planned := plan[f.name]; planned && value == nil && empty(read[f.name]) {
				out[f.name] = nil
			}
		}
	}
	return out
}
