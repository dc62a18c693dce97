package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// file: an ISO image that is sent up from a local file.
func file() definition {
	return definition{
		name: "file",
		fields: []field{
			str("content_type", computed, forces), str("datastore_id", required, forces), str("node_name", required, forces),
			str("file_name", computed), str("file_modification_date", computed), num("file_size", computed), str("file_tag", computed),
			flag("overwrite", def(true)),
			nest("source_file", 1, str("path", required, forces), flag("changed", def(false), forces), str("checksum", def(""), forces),
				str("file_name", def(""), forces), flag("insecure", def(false), forces), str("min_tls", def(""), forces)),
		},
		create: func(c *call, plan object) (string, error) {
			source := textOf(first(plan["source_file"])["path"])
			kind := or(plan["content_type"], "iso").(string)
			id := fmt.Sprintf("%s:%s/%s", textOf(plan["datastore_id"]), kind, filepath.Base(source))
			return id, upload(c, fmt.Sprintf("nodes/%s/storage/%s/upload", textOf(plan["node_name"]), textOf(plan["datastore_id"])), kind, source)
		},
		read:   fileRead,
		update: func(*call, object, object) error { return nil },
		delete: func(c *call, state object) error {
			return c.send(c.ctx, http.MethodDelete, fmt.Sprintf("nodes/%s/storage/%s/content/%s", textOf(state["node_name"]),
				textOf(state["datastore_id"]), url.PathEscape(textOf(state["id"]))), nil)
		},
	}
}

func fileRead(c *call, state object) (object, error) {
	store := textOf(state["datastore_id"])
	at := fmt.Sprintf("nodes/%s/storage/%s/content", textOf(state["node_name"]), store)
	if kind := textOf(state["content_type"]); kind != "" {
		at += "?content=" + kind
	}
	var all []struct{ Volid, Content string }
	if err := retried(func() error { return c.get(c.ctx, at, &all) }); err != nil {
		// FACT: that the list cannot be had is an error, also where the answer says that something is not there.
		return nil, fmt.Errorf("error listing files from datastore %s: %v", store, err)
	}
	out := copied(state)
	for _, one := range all {
		if one.Volid != textOf(state["id"]) {
			continue
		}
		out["file_name"], out["content_type"] = filepath.Base(one.Volid), one.Content
		source := copied(first(state["source_file"]))
		// FACT (noise §1a): size and date are those of the LOCAL source, which every checkout changes; of the content nobody knows.
		info, err := os.Stat(textOf(source["path"]))
		date, size, tag := "", 0.0, ""
		if err == nil {
			date, size = info.ModTime().UTC().Format(time.RFC3339), float64(info.Size())
			tag = fmt.Sprintf("%x-%x", info.ModTime().Unix(), info.Size())
			out["file_modification_date"], out["file_size"], out["file_tag"] = date, size, tag
		}
		// FACT (noise §1b): a source that is not where the plan runs counts as changed: the file is to be made anew.
		source["changed"] = out["file_modification_date"] != nil && (out["file_modification_date"] != date || numberOf(out["file_size"]) != size || out["file_tag"] != tag)
		for _, name := range []string{"checksum", "file_name", "min_tls"} {
			source[name] = textOf(source[name])
		}
		out["source_file"] = []any{source}
		return out, nil
	}
	// FACT: Proxmox leaves out of the list what the token may not see; a file that is not in it counts as deleted.
	return nil, errGone
}

// retried: FACT: the listing of a storage alone is tried up to ten times, also where the answer is an error that may pass.
func retried(fn func() error) error {
	for delay := 100 * time.Millisecond; ; delay *= 2 {
		err := fn()
		if refusal, ok := err.(refused); err == nil || errors.Is(err, errGone) || (ok && refusal.code == http.StatusForbidden) || delay > 25*time.Second {
			return err
		}
		time.Sleep(delay)
	}
}

func upload(c *call, path, kind, source string) error {
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("content", kind)
	part, _ := form.CreateFormFile("filename", filepath.Base(source))
	_, _ = part.Write(content)
	_ = form.Close()
	if err := c.post(c.ctx, http.MethodPost, path, &body, form.FormDataContentType()); err != nil {
		return wrapped("error uploading file", err)
	}
	return nil
}

// createToken gives the token's secret, which Proxmox tells this once.
func createToken(c *call, path string, form url.Values) (string, error) {
	var raw json.RawMessage
	if err := c.do(c.ctx, http.MethodPost, path, bytes.NewBufferString(form.Encode()), "application/x-www-form-urlencoded", &raw); err != nil {
		return "", wrapped("error creating user token", err)
	}
	var made struct{ Value string }
	err := json.Unmarshal(raw, &made)
	return made.Value, err
}
