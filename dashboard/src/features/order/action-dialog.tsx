import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import './action-dialog.css';

interface ActionDialogProps {
  title: string;
  confirm: string;
  danger?: boolean;
  busy: boolean;
  error: string | null;
  children: ReactNode;
  onConfirm: (field: (name: string) => string) => void;
  onClose: () => void;
}

/** What an action needs answered first. The browser's own dialog keeps the focus inside. */
export function ActionDialog(props: ActionDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      className="action-dialog"
      aria-labelledby="dialog-title"
      onClose={props.onClose}
      // The order panel below closes on Escape too; this one is for the dialog.
      onKeyDown={(event) => event.stopPropagation()}
      data-testid="action-dialog"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onConfirm(fieldsOf(event.currentTarget));
        }}
      >
        <h2 id="dialog-title">{props.title}</h2>
        {props.children}
        {props.error !== null && (
          <p className="form-error" role="alert">
            {props.error}
          </p>
        )}
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Back
          </button>
          <button
            className={props.danger ? 'button danger' : 'button primary'}
            disabled={props.busy}
            data-testid="dialog-confirm"
          >
            {props.confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function fieldsOf(form: HTMLFormElement): (name: string) => string {
  const data = new FormData(form);
  return (name) => {
    const value = data.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
}
