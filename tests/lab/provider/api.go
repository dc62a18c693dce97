package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// errGone: the API says that the object is not there, or what the provider takes for that.
var errGone = errors.New("the requested resource does not exist")

var errNoData = errors.New("the server did not include a data object in the response")

// refused is any other answer than a good one.
type refused struct {
	code    int
	message string
}

func (e refused) Error() string {
	return fmt.Sprintf("received an HTTP %d response - Reason: %s", e.code, e.message)
}

// api speaks to Proxmox VE. FACT §0: there is no timeout anywhere; whoever hangs is waited for.
type api struct {
	endpoint, token, version string
	http                     *http.Client
	words                    words
}

// words tell of a call that failed: one that was answered with a refusal, and one that got no answer.
type words struct {
	refused   func(res *http.Response) error
	unreached func(method, path string, err error) error
}

var bpgWords = words{
	refused: refusal,
	unreached: func(method, path string, err error) error {
		return fmt.Errorf("failed to perform HTTP %s request (path: %s) - Reason: %w", method, path, err)
	},
}

func newAPI(endpoint, token, version string, insecure bool) *api {
	return &api{strings.TrimRight(endpoint, "/"), token, version, &http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: insecure},
	}}, bpgWords}
}

// get fills `data` from the answer's data; an answer without any is an error.
func (a *api) get(ctx context.Context, path string, data any) error {
	var raw json.RawMessage
	if err := a.do(ctx, http.MethodGet, path, nil, "", &raw); err != nil {
		return err
	}
	if len(raw) == 0 || string(raw) == "null" {
		return errNoData
	}
	if err := json.Unmarshal(raw, data); err != nil {
		return fmt.Errorf("failed to decode HTTP GET response (path: %s) - Reason: %w", path, err)
	}
	return nil
}

// send makes a change, and waits for the task where it starts one.
func (a *api) send(ctx context.Context, method, path string, form url.Values) error {
	kind, body := "application/x-www-form-urlencoded", form.Encode()
	if method == http.MethodDelete {
		if body != "" {
			path += "?" + body
		}
		kind, body = "", ""
	}
	return a.post(ctx, method, path, strings.NewReader(body), kind)
}

func (a *api) post(ctx context.Context, method, path string, body io.Reader, kind string) error {
	var raw json.RawMessage
	if err := a.do(ctx, method, path, body, kind, &raw); err != nil {
		return err
	}
	var task string
	if json.Unmarshal(raw, &task) == nil && strings.HasPrefix(task, "UPID:") {
		return a.wait(ctx, task)
	}
	return nil
}

func (a *api) wait(ctx context.Context, task string) error {
	for {
		var status struct{ Status, Exitstatus string }
		if err := a.get(ctx, fmt.Sprintf("nodes/%s/tasks/%s/status", strings.Split(task, ":")[1], url.PathEscape(task)), &status); err != nil {
			return fmt.Errorf("error retrieving task status: %w", err)
		}
		if status.Status != "running" {
			if status.Exitstatus != "OK" {
				return fmt.Errorf("task %q failed to complete with exit code: %s", task, status.Exitstatus)
			}
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (a *api) do(ctx context.Context, method, path string, body io.Reader, kind string, data *json.RawMessage) error {
	req, err := http.NewRequestWithContext(ctx, method, a.endpoint+"/api2/json/"+path, body)
	if err != nil {
		return fmt.Errorf("failed to create HTTP %s request (path: %s) - Reason: %w", method, path, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "PVEAPIToken="+a.token)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	// FACT §10: what fails on the way is tried three times where it is a GET; an answer, whatever it says, is final.
	var res *http.Response
	for delay := 100 * time.Millisecond; ; delay *= 2 {
		if res, err = a.http.Do(req); err == nil || method != http.MethodGet || delay > 200*time.Millisecond {
			break
		}
		time.Sleep(delay)
	}
	if err != nil {
		return a.words.unreached(method, path, err)
	}
	defer res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode >= 300 {
		return a.words.refused(res)
	}
	var answer struct{ Data json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil && method == http.MethodGet {
		return fmt.Errorf("failed to decode HTTP %s response (path: %s) - Reason: %w", method, path, err)
	}
	*data = answer.Data
	return nil
}

// FACT §3: 404, and 500 with one of these texts, are taken for "is not there", whatever the reason.
func refusal(res *http.Response) error {
	message := strings.TrimPrefix(res.Status, fmt.Sprintf("%d ", res.StatusCode))
	var body struct {
		Message string
		Errors  map[string]string
	}
	if json.NewDecoder(res.Body).Decode(&body) == nil {
		var more []string
		for name, text := range body.Errors {
			more = append(more, name+": "+strings.TrimRight(text, "\r\n"))
		}
		for _, line := range slices.Compact(strings.Split(body.Message, "\n")) {
			if line != "" && !strings.HasPrefix(line, message) {
				more = append(more, line)
			}
		}
		if len(more) > 0 {
			message += " (" + strings.Join(more, " - ") + ")"
		}
	}
	err := refused{res.StatusCode, message}
	gone := res.StatusCode == http.StatusNotFound
	if res.StatusCode == http.StatusInternalServerError {
		for _, text := range []string{"does not exist", "no such resource", "no such ha", "No such file or directory"} {
			gone = gone || strings.Contains(message, text)
		}
	}
	if gone {
		return errors.Join(errGone, err)
	}
	return err
}
