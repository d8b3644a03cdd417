package main

import (
	"slices"

	"github.com/knadh/koanf/v2"

	"github.com/octoq/octoq/internal/doctor"
)

// folderFindings puts the accounts of accounts_dir into k, and names the folder or its
// files that have a fault.
func folderFindings(k *koanf.Koanf) ([]doctor.Finding, []accountFile) {
	files, err := addFolder(k)
	if err != nil {
		return []doctor.Finding{doctor.BadSettings(err.Error())}, nil
	}
	var found []doctor.Finding
	for _, f := range files {
		if f.err != nil {
			found = append(found, doctor.BadAccountFile(f.account, f.err.Error()))
		}
	}
	return found, files
}

// inFileOf are the findings of an account's settings, with the file that its own ones are
// in, if it is from one.
func inFileOf(account string, files []accountFile, found []doctor.Finding) []doctor.Finding {
	i := slices.IndexFunc(files, func(f accountFile) bool { return f.account == account && f.err == nil })
	if i < 0 {
		return found
	}
	for j, f := range found {
		if f.Account == account {
			found[j] = doctor.BadAccountFile(account, files[i].path+": "+f.What)
		}
	}
	return found
}
