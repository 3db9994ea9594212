// What of Stash's plugin interface is used here; Stash publishes no types of it.
import type { ApolloClient } from "@apollo/client";
import type React from "react";

type Props = Record<string, unknown> & { children?: React.ReactNode };

export interface Toasts {
  success: (message: React.ReactNode) => void;
  error: (error: unknown) => void;
}

interface StashsApi {
  register: { route: (path: string, component: React.ComponentType) => void };
  patch: {
    before: (component: string, change: (props: Props, ...rest: unknown[]) => [Props, ...unknown[]] | [Props]) => void;
    after: (component: string, change: (props: Props, ...rest: unknown[]) => unknown) => void;
  };
  hooks: { useToast: () => Toasts };
  utils: { StashService: { getClient: () => ApolloClient<unknown> } };
  Event: { addEventListener: (name: string, listener: (event: CustomEvent) => void) => void };
}

declare global {
  interface Window {
    PluginApi: StashsApi;
  }
}

export const api = window.PluginApi;
export const client = () => api.utils.StashService.getClient();
