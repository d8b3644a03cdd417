package main

import (
	"fmt"
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/worker"
)

// budgetsKey is the key of the config file with an account's budgets, a list. There is no
// flag and no variable for it.
const budgetsKey = "budgets"

// budgets reads the account's own list, else that of the top.
func (v *values) budgets() []worker.Budget {
	name := "accounts." + v.name + "." + budgetsKey
	if !v.k.Exists(name) {
		name = budgetsKey
	}
	if !v.k.Exists(name) {
		return nil
	}
	items, isList := v.k.Get(name).([]any)
	if !isList {
		v.faults = append(v.faults, &valueError{budgetsKey, budgetsKey + " is no list: want a list of budgets, each with name, per and amount"})
		return nil
	}
	var all []worker.Budget
	for i, item := range items {
		b, err := budgetFrom(item)
		if err != nil {
			v.faults = append(v.faults, &valueError{budgetsKey, fmt.Sprintf("%s, entry %d: %v", budgetsKey, i+1, err)})
			continue
		}
		all = append(all, b)
	}
	return all
}

// budgetFrom reads one budget of the config file.
func budgetFrom(item any) (worker.Budget, error) {
	fields, isMap := item.(map[string]any)
	if !isMap {
		return worker.Budget{}, fmt.Errorf("is %v: want name, per and amount", item)
	}
	known := []string{"name", "per", "amount", "contacts", "label", "zone", "over"}
	text := map[string]string{}
	for name, value := range fields {
		if !slices.Contains(known, name) {
			return worker.Budget{}, fmt.Errorf("unknown key %s: want one of %v", name, known)
		}
		text[name] = fmt.Sprint(value)
	}
	b := worker.Budget{Name: text["name"], Per: text["per"], Label: text["label"], Zone: text["zone"], Over: text["over"]}
	var err error
	if b.Amount, err = campaign.ParseMoney(text["amount"]); err != nil {
		return b, fmt.Errorf("amount: %q %w", text["amount"], err)
	}
	if text["contacts"] != "" {
		if _, err = fmt.Sscanf(text["contacts"]+"\n", "%d\n", &b.Contacts); err != nil {
			return b, fmt.Errorf("contacts is %q: want a whole number", text["contacts"])
		}
	}
	return b, nil
}

// money reads an amount of euros.
func (v *values) money(name string) campaign.Money {
	m, err := campaign.ParseMoney(v.text(name))
	if err != nil || m < 0 {
		v.fault(name, "an amount of euros, 0 (no such rule) or more")
	}
	return m
}
